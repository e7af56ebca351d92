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
set terminal pngcairo noenhanced size 1016,661 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,212 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,5.60cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set lmargin at screen 0.17550
set rmargin at screen 0.79916
set bmargin at screen 0.18750
set tmargin at screen 0.95536
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[1] offset 0,0.35
unset logscale y
set yrange [6839.85:7008.15]
set ytics ('6850' 6850, '6900' 6900, '6950' 6950, '7000' 7000)
set label 1001 words[2] at screen 0.03488,0.57143 center rotate by 90
set label 1002 words[3] at screen 0.81312,0.80411 left tc rgb '#0072B2'
plot stem.'.dat' index 1 using 1:(inside($3,6839.85,7008.15)):(inside($4,6839.85,7008.15)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 1 every 4 using 1:2 with points ls 201 notitle
unset label 1001
unset label 1002
unset multiplot
unset output
}
