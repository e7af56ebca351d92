# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[14]
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
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,824 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,264 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.98cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.14310,0.95989 to screen 0.23031,0.95989 nohead ls 1
set label '' at screen 0.18670,0.95989 point ls 201
set label words[1] at screen 0.24775,0.95989 left tc rgb '#0072B2'
set arrow from screen 0.42766,0.95989 to screen 0.51487,0.95989 nohead ls 2
set label '' at screen 0.47127,0.95989 point ls 202
set label words[2] at screen 0.53232,0.95989 left tc rgb '#B04A00'
set arrow from screen 0.12929,0.89971 to screen 0.21650,0.89971 nohead ls 3
set label '' at screen 0.17289,0.89971 point ls 203
set label words[3] at screen 0.23394,0.89971 left tc rgb '#007A5A'
set arrow from screen 0.41937,0.89971 to screen 0.50658,0.89971 nohead ls 4
set label '' at screen 0.46297,0.89971 point ls 204
set label words[4] at screen 0.52402,0.89971 left tc rgb '#A8527F'
set arrow from screen 0.70952,0.89971 to screen 0.79673,0.89971 nohead ls 5
set label '' at screen 0.75312,0.89971 point ls 205
set label words[5] at screen 0.81417,0.89971 left tc rgb '#2A7FAE'
set arrow from screen 0.39021,0.83954 to screen 0.47742,0.83954 nohead ls 6
set label '' at screen 0.43382,0.83954 point ls 206
set label words[6] at screen 0.49486,0.83954 left tc rgb '#9A6A00'
set lmargin at screen 0.14629
set rmargin at screen 0.95349
set bmargin at screen 0.15043
set tmargin at screen 0.76648
unset logscale x
set xrange [0.55:10.45]
set xtics ('2' 2, '4' 4, '6' 6, '8' 8, '10' 10)
set xlabel words[7] offset 0,0.35
unset logscale y
set yrange [0.055464311079545456:0.8352494673295454]
set ytics ('0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8)
set label 1001 words[8] at screen 0.03488,0.45845 center rotate by 90
plot stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 206 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
