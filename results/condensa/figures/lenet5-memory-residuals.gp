# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[4]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,725 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,232 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.14cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.28625,0.95440 to screen 0.37346,0.95440 nohead ls 1
set label '' at screen 0.32985,0.95440 point ls 201
set label words[1] at screen 0.39090,0.95440 left tc rgb '#0072B2'
set lmargin at screen 0.13717
set rmargin at screen 0.95349
set bmargin at screen 0.17101
set tmargin at screen 0.87134
unset logscale x
set xrange [1215.1999999999998:17600.8]
set xtics ('2000' 2000, '6000' 6000, '10,000' 10000, '14,000' 14000, '' 4000 1, '' 8000 1, '' 12000 1, '' 16000 1)
set xlabel words[2] offset 0,0.35
set logscale y
set yrange [0.6115513695789639:15.10731716604135]
set ytics ('1' 1, '2' 2, '5' 5, '10' 10, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1)
set label 1001 words[3] at screen 0.03488,0.52117 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside($3,0.6115513695789639,15.10731716604135)):(inside($4,0.6115513695789639,15.10731716604135)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 1 every 3 using 1:2 with points ls 201 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
