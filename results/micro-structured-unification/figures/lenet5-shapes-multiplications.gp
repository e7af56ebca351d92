# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[8]
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
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
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
set arrow from screen 0.17802,0.95440 to screen 0.26523,0.95440 nohead ls 1
set label '' at screen 0.22163,0.95440 point ls 201
set label words[1] at screen 0.28267,0.95440 left tc rgb '#0072B2'
set arrow from screen 0.40615,0.95440 to screen 0.49335,0.95440 nohead ls 2
set label '' at screen 0.44975,0.95440 point ls 202
set label words[2] at screen 0.51080,0.95440 left tc rgb '#B04A00'
set arrow from screen 0.65071,0.95440 to screen 0.73792,0.95440 nohead ls 3
set label '' at screen 0.69431,0.95440 point ls 203
set label words[3] at screen 0.75536,0.95440 left tc rgb '#007A5A'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.17101
set tmargin at screen 0.87134
set logscale x
set xrange [2.7687861873256003:7.191198368914698]
set xtics ('3' 3, '4' 4, '5' 5, '6' 6, '7' 7)
set xlabel words[4] offset 0,0.35
unset logscale y
set yrange [98.89099999999999:99.309]
set ytics ('98.9' 98.9, '99.0' 99, '99.1' 99.1, '99.2' 99.2, '99.3' 99.3)
set label 1001 words[5] at screen 0.03488,0.52117 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,98.89099999999999,99.309),98.89099999999999,99.309)):(0):(inside($4,98.89099999999999,99.309)-inside($3,98.89099999999999,99.309)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,98.89099999999999,99.309),98.89099999999999,99.309)):(0):(inside($4,98.89099999999999,99.309)-inside($3,98.89099999999999,99.309)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,98.89099999999999,99.309),98.89099999999999,99.309)):(0):(inside($4,98.89099999999999,99.309)-inside($3,98.89099999999999,99.309)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
